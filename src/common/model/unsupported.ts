/**
 * Fields of Kubernetes that this version does not honour, by the type that they belong to. They are refused with a
 * sentence of their own, so that nobody looks for a typing error. Whoever implements one takes it out of here.
 */
const unsupported: Readonly<Record<string, readonly string[]>> = {
  PodSpec: [
    'ephemeralContainers',
    'hostUsers',
    'hostnameOverride',
    'overhead',
    'resourceClaims',
    'resources',
    'runtimeClassName',
  ],
  Container: ['restartPolicyRules', 'volumeDevices'],
  EnvVarSource: ['fileKeyRef'],
  ResourceRequirements: ['claims'],
  VolumeMount: ['recursiveReadOnly'],
  Volume: [
    'awsElasticBlockStore',
    'azureDisk',
    'azureFile',
    'cephfs',
    'cinder',
    'csi',
    'ephemeral',
    'fc',
    'flexVolume',
    'flocker',
    'gcePersistentDisk',
    'gitRepo',
    'glusterfs',
    'image',
    'iscsi',
    'nfs',
    'persistentVolumeClaim',
    'photonPersistentDisk',
    'portworxVolume',
    'quobyte',
    'rbd',
    'scaleIO',
    'storageos',
    'vsphereVolume',
  ],
  VolumeProjection: ['clusterTrustBundle', 'podCertificate', 'serviceAccountToken'],
  PodSecurityContext: ['seLinuxChangePolicy', 'supplementalGroupsPolicy', 'windowsOptions'],
  SecurityContext: ['procMount', 'windowsOptions'],
  NodeSpec: ['configSource', 'externalID'],
  DeploymentSpec: ['rollbackTo'],
  LeaseSpec: ['preferredHolder', 'strategy'],
};

/** The fields of the type named `title` that Kubernetes has and this version does not honour. */
export function unsupportedFields(title: string): readonly string[] {
  return Object.hasOwn(unsupported, title) ? (unsupported[title] ?? []) : [];
}
