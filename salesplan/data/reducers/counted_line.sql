-- Order lines that count as sales, amounts of returns negative, each with one unit and one product line.
SELECT
    o.order_line_id,
    o.order_id,
    o.order_date,
    o.customer_id,
    o.product_id,
    o.rep_id,
    home.org_id,
    o.currency,
    CASE
        WHEN (SELECT count(*) FROM product) = 0 THEN 'all'
        ELSE coalesce(nullif(p.category_l1, ''), nullif(p.category_l2, ''), nullif(p.name, ''), 'Other')
    END AS product_line,
    CASE WHEN coalesce(o.is_return, false) THEN -abs(o.amount) ELSE o.amount END AS amount,
    CASE WHEN coalesce(o.is_return, false) THEN -abs(o.qty) ELSE o.qty END AS qty,
    coalesce(o.is_return, false) AS is_return
FROM order_line AS o
JOIN order_line_home AS home
    ON home.rep_id IS NOT DISTINCT FROM o.rep_id
    AND home.order_date = o.order_date
    AND home.booked_org_id IS NOT DISTINCT FROM o.org_id
LEFT JOIN product AS p ON p.product_id = o.product_id
WHERE coalesce(o.status, 'closed') IN ('approved', 'closed')
  AND o.amount IS NOT NULL
