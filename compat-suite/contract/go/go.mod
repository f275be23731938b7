module compat-suite/contract

go 1.26.0
