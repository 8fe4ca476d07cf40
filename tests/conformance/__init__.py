"""Checks of the sandbox and the product against independent evidence: recorded Azure traffic and OpenAPI documents."""
