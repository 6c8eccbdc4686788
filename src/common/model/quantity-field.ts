/** The schema of a quantity and of maps of resources. Quantities stay text; lib/quantity computes with them. */
import * as z from 'zod';
import { parseQuantity } from '../lib/quantity.ts';
import { mapOf } from './fields.ts';

/** A quantity such as 500m, 1.5, 64Mi or 2e3. A bare number is accepted in manifests and becomes its text. */
export const quantity = (description: string) =>
  z
    .string()
    .refine((text) => parseQuantity(text) !== undefined, {
      error:
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$', for example 500m, 1.5 or 64Mi",
    })
    .meta({ title: 'Quantity', description });

/** A map from resource names (cpu, memory, …) to quantities. */
export const resourceMap = (description: string) => mapOf(quantity('Amount of the resource.'), description);
