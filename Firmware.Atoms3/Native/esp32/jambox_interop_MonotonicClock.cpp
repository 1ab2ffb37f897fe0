#include <esp_timer.h>

#include "jb_esp.h"

typedef Library_jambox_interop_JamBox_Interop_MonotonicClock MonotonicClock;

HRESULT MonotonicClock::get_Microseconds___STATIC__I8(CLR_RT_StackFrame &stack)
{
    stack.SetResult_I8(esp_timer_get_time());
    return S_OK;
}
