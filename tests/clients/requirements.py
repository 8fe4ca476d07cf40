"""The clients that the tests and benchmarks install, with their versions."""

AZURE_AI_ML = "azure-ai-ml==1.35.2"
AZURE_IDENTITY = "azure-identity==1.27.0"
AZURE_CLI = "azure-cli==2.91.0"
