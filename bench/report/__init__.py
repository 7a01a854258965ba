"""What is shown: documents, figures, renderers and exports."""
