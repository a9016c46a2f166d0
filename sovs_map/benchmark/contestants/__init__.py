"""Who answers: baselines, models of ours, and models of others by their weights; one a file."""
