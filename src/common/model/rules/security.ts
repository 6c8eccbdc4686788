/** Rules for security settings. */
import type { PodSecurityContext, SecurityContext } from '../security-context.ts';
import type { StatusCause } from '../status.ts';
import { forbiddenField, invalidValue, required } from './cause.ts';

const profileFields = ['seccompProfile', 'appArmorProfile'] as const;

/** What is wrong with the security settings of a pod or a container. */
export function securityCauses(context: SecurityContext & PodSecurityContext, at: string): StatusCause[] {
  const causes = profileFields.flatMap((field): StatusCause[] => {
    const profile = context[field];
    const path = `${at}.${field}.localhostProfile`;
    if (!profile) return [];
    if (profile.type === 'Localhost') {
      return profile.localhostProfile ? [] : [required(path, 'must be set when type is Localhost')];
    }
    return profile.localhostProfile === undefined
      ? []
      : [forbiddenField(path, 'may only be set when type is Localhost')];
  });
  const profile = context.seccompProfile?.localhostProfile;
  if (profile && (profile.startsWith('/') || profile.split('/').includes('..'))) {
    causes.push(invalidValue(`${at}.seccompProfile.localhostProfile`, profile, "must be a relative path without '..'"));
  }
  if (context.privileged && context.allowPrivilegeEscalation === false) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    causes.push(invalidValue(at, context, why));
  }
  if (context.runAsNonRoot && context.runAsUser === 0) {
    causes.push(invalidValue(`${at}.runAsUser`, 0, 'must not be 0 when `runAsNonRoot` is true'));
  }
  return causes;
}
