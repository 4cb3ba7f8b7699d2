{{/*
Secret of a certificate: one that is there, or one that cert-manager or this chart makes. Takes context, path (of the values, for messages), tls (those values) and suffix (of the Secret's name).
*/}}
{{- define "k8s-metacollector.tlsSecret" -}}
{{- if and .tls.existingSecret .tls.certManager.enabled -}}
{{- fail (printf "%s: existingSecret and certManager.enabled exclude each other" .path) -}}
{{- end -}}
{{- if .tls.existingSecret -}}
{{- .tls.existingSecret -}}
{{- else -}}
{{- printf "%s-%s" (include "k8s-metacollector.fullname" .context) .suffix -}}
{{- end -}}
{{- end }}

{{/* Names of the certificates, as YAML lists. */}}
{{- define "k8s-metacollector.brokerNames" -}}
{{- $name := include "k8s-metacollector.fullname" . -}}
{{- $service := printf "%s.%s" $name (include "k8s-metacollector.namespace" .) -}}
{{- $tls := .Values.broker.tls -}}
{{- $more := concat ($tls.dnsNames | default list) ($tls.certManager.dnsNames | default list) -}}
{{- concat (list $name $service (printf "%s.svc" $service) (printf "%s.svc.cluster.local" $service)) $more | uniq | toYaml -}}
{{- end }}

{{- define "k8s-metacollector.siloNames" -}}
{{- list (printf "silo.%s.%s" (include "k8s-metacollector.fullname" .) (include "k8s-metacollector.namespace" .)) | toYaml -}}
{{- end }}

{{- define "k8s-metacollector.brokerTlsSecret" -}}
{{- include "k8s-metacollector.tlsSecret" (dict "context" . "path" "broker.tls" "tls" .Values.broker.tls "suffix" "broker-tls") -}}
{{- end }}

{{- define "k8s-metacollector.siloTlsSecret" -}}
{{- include "k8s-metacollector.tlsSecret" (dict "context" . "path" "clustering.tls" "tls" .Values.clustering.tls "suffix" "silo-tls") -}}
{{- end }}

{{/* One cert-manager Certificate and, where no issuer is named, the CA that signs it. Takes context, tls, secret, dnsNames, usages. */}}
{{- define "k8s-metacollector.certificate" -}}
{{- $namespace := include "k8s-metacollector.namespace" .context -}}
{{- $labels := include "k8s-metacollector.labels" .context -}}
{{- $issuer := .tls.certManager.issuerRef -}}
{{- if not $issuer.name -}}
{{- $issuer = dict "name" (printf "%s-ca" .secret) "kind" "Issuer" -}}
apiVersion: cert-manager.io/v1
kind: Issuer
metadata:
  name: {{ .secret }}-selfsigned
  namespace: {{ $namespace }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  selfSigned: {}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: {{ .secret }}-ca
  namespace: {{ $namespace }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  isCA: true
  commonName: {{ .secret | trunc 61 }}-ca
  secretName: {{ .secret }}-ca
  duration: 87600h
  privateKey:
    algorithm: ECDSA
    size: 256
  issuerRef:
    name: {{ .secret }}-selfsigned
    kind: Issuer
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata:
  name: {{ .secret }}-ca
  namespace: {{ $namespace }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  ca:
    secretName: {{ .secret }}-ca
---
{{ end -}}
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: {{ .secret }}
  namespace: {{ $namespace }}
  labels:
    {{- $labels | nindent 4 }}
spec:
  secretName: {{ .secret }}
  duration: {{ .tls.certManager.duration }}
  renewBefore: {{ .tls.certManager.renewBefore }}
  privateKey:
    algorithm: ECDSA
    size: 256
    rotationPolicy: Always
  usages:
    {{- toYaml .usages | nindent 4 }}
  dnsNames:
    {{- toYaml .dnsNames | nindent 4 }}
  issuerRef:
    {{- toYaml $issuer | nindent 4 }}
{{- end }}
