"""Products, doses and plans: what is given, how much of it, where, and when."""

from lobule.therapy.plan import ROUTES, Plan
from lobule.therapy.products import Estimate, Product, products

__all__ = ["ROUTES", "Estimate", "Plan", "Product", "products"]
