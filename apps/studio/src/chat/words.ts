// The words of the page in English and Chinese, as the host's language says.

import { signal } from '@preact/signals'

const en = {
  connecting: 'Connecting…',
  working: 'Working…',
  drop: 'Drop an image here',
  dropAbout: 'It goes to koutu on this machine and nowhere else.',
  choose: 'Choose an image',
  another: 'Another image',
  keep: 'Keep',
  erase: 'Erase',
  size: 'Brush size',
  undo: 'Undo',
  redo: 'Redo',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  fit: 'Fit',
  expand: 'Full screen',
  shrink: 'Leave full screen',
  tools: 'Tools',
  view: 'Cutout',
  compare: 'Compare with the original',
  compareValue: (percent: number) => `${percent} % cutout`,
  coverage: (percent: number) => `The subject covers ${percent} % of the image.`,
  noSubject: 'No subject was found. Mark it with Keep.',
  emptyFile: 'The file is empty.',
  noResult: 'The tool gave no result.',
  canceled: 'Canceled.',
  refined: (output: string, handle: string) =>
    `The user has refined the cutout in the view. The result is now ${output} (handle ${handle}).`,
  dropped: (name: string, output: string, handle: string) =>
    `The user has dropped ${name} into the view. Its cutout is ${output} (handle ${handle}).`,
}

type Words = typeof en

const zh: Words = {
  connecting: '正在连接…',
  working: '正在处理…',
  drop: '把图片拖到这里',
  dropAbout: '图片只交给这台机器上的 koutu，不会发往别处。',
  choose: '选择图片',
  another: '换一张图片',
  keep: '保留',
  erase: '擦除',
  size: '画笔大小',
  undo: '撤销',
  redo: '重做',
  zoomIn: '放大',
  zoomOut: '缩小',
  fit: '适合窗口',
  expand: '全屏',
  shrink: '退出全屏',
  tools: '工具',
  view: '抠图结果',
  compare: '与原图比较',
  compareValue: (percent) => `抠图 ${percent} %`,
  coverage: (percent) => `主体占图片的 ${percent} %。`,
  noSubject: '没有找到主体。请用“保留”标出它。',
  emptyFile: '文件是空的。',
  noResult: '工具没有给出结果。',
  canceled: '已取消。',
  refined: (output, handle) => `用户在视图中修整了抠图。结果现在是 ${output}（句柄 ${handle}）。`,
  dropped: (name, output, handle) => `用户把 ${name} 拖进了视图。它的抠图是 ${output}（句柄 ${handle}）。`,
}

const locale = signal(navigator.language)

/** BCP 47. */
export function setLocale(tag: string): void {
  locale.value = tag
  document.documentElement.lang = /^zh/i.test(tag) ? 'zh-CN' : 'en'
}

export const words = (): Words => (/^zh/i.test(locale.value) ? zh : en)
