module compat-suite/contract

go 1.24
