{{/*
An authority and a certificate of the chart's own, as two Secrets: SECRET, which the pods mount, and SECRET-ca, which they do not. What
is there is kept. The certificate is issued anew, by the same authority, when its Secret is gone, when its names change, and by an upgrade
in the second half of its life. Takes context, path (of the values, for messages), tls (those values), secret and dnsNames.
*/}}
{{- define "k8s-metacollector.generated" -}}
{{- $namespace := include "k8s-metacollector.namespace" .context -}}
{{- $labels := include "k8s-metacollector.labels" .context -}}
{{- if not (lookup "v1" "Namespace" "" "default") -}}
{{- fail (printf "%s.enabled without a certificate has the chart make one and keep it, and nothing can be kept here, where no cluster is seen (helm template, --dry-run=client, Argo CD): set %s.existingSecret or %s.certManager.enabled=true, or add --dry-run=server to look at what an installation would be" .path .path .path) -}}
{{- end -}}
{{- $days := int .tls.selfSigned.days -}}
{{- $now := now | unixEpoch | int64 -}}
{{- $kept := (lookup "v1" "Secret" $namespace (printf "%s-ca" .secret)).data | default dict -}}
{{- $ca := dict -}}
{{- if and (hasKey $kept "tls.crt") (hasKey $kept "tls.key") -}}
{{- $ca = buildCustomCert (get $kept "tls.crt") (get $kept "tls.key") -}}
{{- else -}}
{{- $ca = genCAWithKey (printf "%s-ca" .secret | trunc 64) (mul 2 $days | int) (genPrivateKey "ecdsa") -}}
{{- end -}}
{{- $there := lookup "v1" "Secret" $namespace .secret -}}
{{- $data := $there.data | default dict -}}
{{- $annotations := ($there.metadata | default dict).annotations | default dict -}}
{{- $names := join "," .dnsNames -}}
{{- $issued := get $annotations "k8s-metacollector/issued" | default "0" | int64 -}}
{{- $isKept := and (hasKey $data "tls.crt") (hasKey $data "tls.key") (eq (get $data "ca.crt" | default "") ($ca.Cert | b64enc))
  (eq (get $annotations "k8s-metacollector/names" | default "") $names) (lt (sub $now $issued) (mul $days 43200)) -}}
{{- $certificate := get $data "tls.crt" -}}
{{- $key := get $data "tls.key" -}}
{{- if not $isKept -}}
{{- $issued = $now -}}
{{- $made := genSignedCertWithKey (trunc 64 .secret) nil .dnsNames $days $ca (genPrivateKey "ecdsa") -}}
{{- $certificate = $made.Cert | b64enc -}}
{{- $key = $made.Key | b64enc -}}
{{- end -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .secret }}-ca
  namespace: {{ $namespace }}
  labels:
    {{- $labels | nindent 4 }}
type: kubernetes.io/tls
data:
  tls.crt: {{ $ca.Cert | b64enc }}
  tls.key: {{ $ca.Key | b64enc }}
---
apiVersion: v1
kind: Secret
metadata:
  name: {{ .secret }}
  namespace: {{ $namespace }}
  labels:
    {{- $labels | nindent 4 }}
  annotations:
    k8s-metacollector/issued: {{ $issued | toString | quote }}
    k8s-metacollector/names: {{ $names | quote }}
type: kubernetes.io/tls
data:
  ca.crt: {{ $ca.Cert | b64enc }}
  tls.crt: {{ $certificate }}
  tls.key: {{ $key }}
{{- end }}
