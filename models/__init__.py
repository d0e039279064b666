"""What is learned: tasks, labels, training, evaluation, reasons, clusters and the registry."""
