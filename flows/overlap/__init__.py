"""Prediction and rule beside each other over past months."""
