import * as lang from '../../../runtime/lang/types.ts'
import lang2 from '../../../runtime/lang/types.ts'
import '../../../runtime/lang/types.ts'
