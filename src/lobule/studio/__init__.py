"""The studio: pages in a browser that show a liver at work, beside what the commands of lobule say."""
