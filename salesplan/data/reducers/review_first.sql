-- First month in which each customer bought anything and each product was sold, over all orders that count.
SELECT 'customer' AS kind, customer_id AS id, min(month)::TIMESTAMP AS month
FROM review_line
WHERE amount_fen > 0 AND customer_id IS NOT NULL AND customer_id <> ''
GROUP BY customer_id
UNION ALL
SELECT 'product' AS kind, product_id AS id, min(month)::TIMESTAMP AS month
FROM review_line
WHERE amount_fen > 0 AND product_id IS NOT NULL AND product_id <> ''
GROUP BY product_id
ORDER BY kind, id
