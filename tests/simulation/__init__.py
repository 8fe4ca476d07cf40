"""Seeded histories: operations over HTTP and TLS whose answers, journals, clocks and programs go wrong."""
