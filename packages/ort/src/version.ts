// Which onnxruntime this is. A module of its own, since the runtime takes a while to load.

export const version: string = '1.30.0'
