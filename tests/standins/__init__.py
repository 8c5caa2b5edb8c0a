"""Services out of reach, played by local servers; each can also be started by hand for a walk through the product."""
