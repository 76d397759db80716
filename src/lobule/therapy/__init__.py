"""Products, doses, plans and standard care: what is given, how much of it, where, and when."""

from lobule.therapy.care import Care, cares
from lobule.therapy.parts import part_from, whole_part
from lobule.therapy.plan import ROUTES, Plan
from lobule.therapy.product import Estimate, Product, product_from, products, read_product
from lobule.therapy.regimen import Part, Regimen

__all__ = [
    "ROUTES",
    "Care",
    "Estimate",
    "Part",
    "Plan",
    "Product",
    "Regimen",
    "cares",
    "part_from",
    "product_from",
    "products",
    "read_product",
    "whole_part",
]
