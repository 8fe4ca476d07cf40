"""The product's picture of Azure against things that others made: recorded traffic and the OpenAPI documents."""
