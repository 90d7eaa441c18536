import { useQuery } from "@connectrpc/connect-query";
import { Link } from "@tanstack/react-router";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";

/** The categories change with a deployment, not while somebody shops. */
const CATEGORIES_FRESH_MS = 10 * 60_000;

/** A category is the current page only when the address names it. */
const exactly = { exact: true, includeSearch: true, explicitUndefined: true };

/** The shop's categories; undefined before they are known. */
export function useCategories() {
  const { data, error, refetch } = useQuery(
    CatalogService.method.listCategories,
    {},
    { staleTime: CATEGORIES_FRESH_MS },
  );
  return { categories: data?.categories, error, refetch };
}

/** Links to the products of each category. */
export function CategoryFilter({ chosen }: { readonly chosen: string | undefined }) {
  const { categories = [] } = useCategories();
  return (
    <nav aria-label="Categories" className="chips">
      <Link
        to="/"
        search={(before) => ({ ...before, category: undefined })}
        className="chip"
        data-chosen={chosen === undefined}
        activeOptions={exactly}
      >
        Everything
      </Link>
      {categories.map(({ id, slug, name }) => (
        <Link
          key={id}
          to="/"
          search={(before) => ({ ...before, category: slug })}
          className="chip"
          data-chosen={chosen === slug}
          activeOptions={exactly}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
