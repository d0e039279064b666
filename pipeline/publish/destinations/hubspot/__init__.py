"""HubSpot: properties of contacts, and manual lists."""
