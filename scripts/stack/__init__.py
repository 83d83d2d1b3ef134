"""A small CEEMS on loopback: what `make run` and the end-to-end tests start and stop."""
