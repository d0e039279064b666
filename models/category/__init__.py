"""Which product category a customer buys from next."""
