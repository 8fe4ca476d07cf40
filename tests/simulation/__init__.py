"""Seeded histories: operations over HTTP and TLS with faulty responses, journals, clocks and programs."""
