"""What a customer's own rhythm of orders tells of the next ones."""
