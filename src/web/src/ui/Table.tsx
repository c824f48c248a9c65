import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./Table.module.css";

export interface Column<Row> {
  /** Stable, for React. */
  key: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** Aligned to the right, with digits of equal width. */
  numeric?: boolean;
}

interface TableProps<Row> {
  /** What the table holds, for screen readers. */
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** On a narrow page each row is a card, instead of the table scrolling sideways. */
  stacks?: boolean;
  /** Shown in place of the table where there are no rows. */
  empty: ReactNode;
}

/** A table that scrolls sideways where the page is narrow. */
export function Table<Row>({ caption, columns, rows, rowKey, stacks = false, empty }: TableProps<Row>) {
  if (rows.length === 0) return <>{empty}</>;
  return (
    <div className={classes(styles.frame, stacks && styles.stacks)} tabIndex={0} role="region" aria-label={caption}>
      <table className={styles.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ key, title, numeric }) => (
              <th key={key} scope="col" className={numeric ? styles.numeric : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ key, title, cell, numeric }) => (
                <td key={key} data-title={stacks ? title : undefined} className={numeric ? styles.numeric : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
