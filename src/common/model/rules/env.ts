/** Rules for environment variables and their sources. */
import type { EnvFromSource, EnvVar } from '../env.ts';
import { notEnvName } from '../names.ts';
import type { StatusCause } from '../status.ts';
import { invalidValue, required, unless } from './cause.ts';
import { fieldRefCauses, resourceRefCauses } from './field-ref.ts';

/** What is wrong with the variables of a container. `field` is the path of the list. */
export function envCauses(env: readonly EnvVar[], field: string): StatusCause[] {
  return env.flatMap(({ name, value, valueFrom }, i) => {
    const at = `${field}[${i}]`;
    const causes = name === '' ? [required(`${at}.name`)] : unless(`${at}.name`, name, notEnvName(name));
    if (!valueFrom) return causes;
    const { fieldRef, resourceFieldRef } = valueFrom;
    const sources = Object.values(valueFrom).filter((source) => source !== undefined).length;
    if (value) causes.push(invalidValue(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    if (sources !== 1) {
      const why =
        sources === 0 ? 'must specify one of the sources' : 'may not have more than one field specified at a time';
      causes.push(invalidValue(`${at}.valueFrom`, '', why));
    }
    if (fieldRef) causes.push(...fieldRefCauses(fieldRef, `${at}.valueFrom.fieldRef`, 'variable'));
    if (resourceFieldRef) {
      causes.push(...resourceRefCauses(resourceFieldRef, `${at}.valueFrom.resourceFieldRef`, 'variable'));
    }
    return causes;
  });
}

/** What is wrong with the ConfigMaps and Secrets that variables come from. `field` is the path of the list. */
export function envFromCauses(sources: readonly EnvFromSource[], field: string): StatusCause[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const at = `${field}[${i}]`;
    const causes = prefix ? unless(`${at}.prefix`, prefix, notEnvName(prefix)) : [];
    if (!configMapRef === !secretRef) {
      const why = configMapRef
        ? 'may not have more than one field specified at a time'
        : 'must specify one of: `configMapRef` or `secretRef`';
      causes.push(invalidValue(at, '', why));
    }
    return causes;
  });
}
