{{- define "koutu.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- /* Called with the root and a component: (list $ "server") */}}
{{- define "koutu.selector" -}}
app.kubernetes.io/name: {{ (index . 0).Chart.Name }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "koutu.labels" -}}
{{ include "koutu.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
{{- end }}

{{- /* What both kinds of pods have: no rights, a read-only root, the environment. */}}
{{- define "koutu.pod" -}}
automountServiceAccountToken: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  # The user `node` of the image.
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
volumes:
  - name: data
    emptyDir: {}
  - name: tmp
    emptyDir: {}
  {{- with .Values.volume }}
  - name: shared
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- /* A value as text: numbers as they are written, where quote would write 5e+07. */}}
{{- define "koutu.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end }}
{{- end }}

{{- define "koutu.args" -}}
{{- range . }}
- {{ include "koutu.text" . | quote }}
{{- end }}
{{- end }}

{{- define "koutu.container" -}}
image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
envFrom:
  - secretRef:
      name: {{ .Values.existingSecret }}
env:
  - name: KOUTU_STORAGE
    value: {{ .Values.storage | quote }}
  {{- range $name, $value := .Values.env }}
  - name: {{ $name }}
    value: {{ include "koutu.text" $value | quote }}
  {{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  - name: data
    mountPath: /data
  - name: tmp
    mountPath: /tmp
  {{- if .Values.volume }}
  - name: shared
    mountPath: /shared
  {{- end }}
{{- end }}
