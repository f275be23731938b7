"""The probes of compat-suite/contract/check."""
