"""Values that more than one package must agree on."""

AML_API_VERSION = "2023-04-01"
"""The API version of Azure Machine Learning that is spoken and that exports name."""
