"""The sample data: a believable story of four channels, told anew for any size and dated relative to now."""
