-- Sales by month, leaf of the review's organisation, booked unit, seller, customer and product; leaves in tree order.
SELECT
    l.month::TIMESTAMP AS month,
    p.unit_id,
    p.home_id AS org_id,
    l.rep_id,
    l.customer_id,
    l.product_id,
    f.folded_line AS product_line,
    coalesce(sum(l.qty), 0)::DOUBLE AS qty,
    sum(l.amount_fen)::BIGINT AS amount_fen,
    count(DISTINCT l.order_id) FILTER (WHERE NOT l.is_return) AS n_orders
FROM review_line AS l
JOIN review_leaf AS p ON p.org_id = l.org_id AND p.rep_id = l.rep_id
JOIN review_product_line AS f ON f.product_line = l.product_line
WHERE l.month >= $start::DATE
GROUP BY p.place, l.month, p.unit_id, p.home_id, l.rep_id, l.customer_id, l.product_id, f.folded_line
ORDER BY p.place, l.month, p.home_id, l.rep_id, l.customer_id, l.product_id, f.folded_line
