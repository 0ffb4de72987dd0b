import { z } from 'zod'

export const DEVICES = ['auto', 'cpu', 'cuda', 'webgpu'] as const
/** What may be asked for; `auto` is a GPU where its libraries are installed, else the CPU. */
export type DeviceWish = (typeof DEVICES)[number]
export type Device = Exclude<DeviceWish, 'auto'>

export const POOLINGS = ['cls', 'mean', 'max', 'last'] as const
/** How the vectors of a text's tokens become one: the first's, their mean, their maximum, the last's. */
export type Pooling = (typeof POOLINGS)[number]

export const onnxSettings = z.strictObject({
  provider: z.literal('onnx').describe('A model folder, run in worker threads of this process.'),
  model_dir: z
    .string()
    .min(1)
    .describe(
      'Folder of the model: model.onnx, or onnx/model.onnx, or one of int8; tokenizer.json, config.json, 1_Pooling/config.json.',
    ),
  model_file: z
    .string()
    .optional()
    .describe('Model file in the folder when it is not model.onnx or its int8 kin, such as onnx/model_fp16.onnx.'),
  pooling: z.enum(POOLINGS).optional().describe('For a folder without 1_Pooling/config.json; what that says wins.'),
  query_instruction: z
    .string()
    .optional()
    .describe(
      'What stands before a question, where the folder and the family of the model do not tell it; "" for nothing.',
    ),
  device: z
    .enum(DEVICES)
    .default('auto')
    .describe('auto: CUDA where its libraries are installed, else CPU. A device that does not start gives way to CPU.'),
  workers: z
    .int()
    .min(1)
    .max(32)
    .default(1)
    .describe('Worker threads; each holds the whole model. More than one pays for small models on many cores.'),
  threads: z
    .int()
    .min(0)
    .max(256)
    .default(0)
    .describe('Threads of one worker inside the model; 0: all cores but one, shared among the workers.'),
  batch_size: z.int().min(1).max(512).default(32).describe('Texts in one run of the model.'),
})
export type OnnxSettings = z.output<typeof onnxSettings>
