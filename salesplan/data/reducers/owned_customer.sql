-- Customers and the seller who looks after each today (a stock: no date).
SELECT customer_id, owner_rep_id AS rep_id, tier, tier AS customer_type, segment, industry, province, city, channel
FROM customer
WHERE owner_rep_id IS NOT NULL
