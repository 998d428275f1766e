-- Order lines that count, one row each, returns negative, with what the customer and the product say of them.
-- A customer's first order is the earliest counted order that is no return (the smaller id of one day), as it stood on
-- that day: what is booked or returned under its id later is no first order again. Where the customer list names an
-- earlier first day, none of the orders here is the first.
WITH opening AS (
    SELECT
        c.customer_id,
        min(c.order_date) AS first_date,
        arg_min(c.order_id, (c.order_date, c.order_id)) AS first_order_id
    FROM counted_line AS c
    JOIN order_line AS o ON o.order_line_id = c.order_line_id
    WHERE c.customer_id IS NOT NULL AND NOT coalesce(o.is_return, false)
    GROUP BY c.customer_id
)
SELECT
    c.order_date AS date,
    c.order_date,
    c.rep_id,
    c.org_id,
    c.customer_id,
    c.product_line,
    u.tier AS customer_type,
    u.segment,
    c.order_id,
    c.order_line_id,
    c.amount,
    CASE WHEN coalesce(o.is_return, false) THEN -abs(o.qty) ELSE o.qty END AS qty,
    CASE WHEN coalesce(o.is_return, false) THEN -abs(o.qty) ELSE o.qty END * p.list_price::DOUBLE AS list_amount,
    CASE WHEN coalesce(o.is_return, false) THEN -abs(o.qty) ELSE o.qty END * p.unit_cost::DOUBLE AS cost,
    coalesce(o.is_return, false) AS is_return,
    coalesce(c.order_id = opening.first_order_id AND c.order_date = opening.first_date
             AND NOT coalesce(o.is_return, false) AND coalesce(u.first_order_date >= c.order_date, true), false)
        AS is_first_order,
    coalesce(c.order_date > least(opening.first_date, u.first_order_date), false) AS is_repeat
FROM counted_line AS c
JOIN order_line AS o ON o.order_line_id = c.order_line_id
LEFT JOIN product AS p ON p.product_id = o.product_id
LEFT JOIN customer AS u ON u.customer_id = c.customer_id
LEFT JOIN opening ON opening.customer_id = c.customer_id
WHERE ($as_of::DATE IS NULL OR c.order_date <= $as_of::DATE)
  AND ($currency::VARCHAR IS NULL OR coalesce(c.currency, $currency::VARCHAR) = $currency::VARCHAR)
