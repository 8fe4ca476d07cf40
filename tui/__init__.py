"""sparkpool: attach and manage Azure Synapse Spark pools in Azure Machine Learning, in the terminal."""
