#include <esp_private/esp_clk.h>
#include <esp_system.h>
#include <hal/wdt_hal.h>
#include <soc/rtc.h>

#include "jb_esp.h"

typedef Library_jambox_interop_JamBox_Interop_Watchdog Watchdog;

static const int32_t min_timeout_ms = 1000;
static const int32_t max_timeout_ms = 600000;

static wdt_hal_context_t context = RWDT_HAL_CONTEXT_DEFAULT();

void jb_esp_feed_watchdog(void)
{
    wdt_hal_write_protect_disable(&context);
    wdt_hal_feed(&context);
    wdt_hal_write_protect_enable(&context);
}

void jb_esp_start_watchdog(uint32_t timeout_ms)
{
    // Its clock is a plain RC oscillator, so the start-up's measurement of it is used instead of its nominal 136 kHz. 600 s are
    // 82 M ticks of a 32-bit counter.
    uint64_t ticks = rtc_time_us_to_slowclk((uint64_t)timeout_ms * 1000, esp_clk_slowclk_cal_get());
    wdt_hal_init(&context, WDT_RWDT, 0, false);
    wdt_hal_write_protect_disable(&context);
    wdt_hal_config_stage(&context, WDT_STAGE0, (uint32_t)ticks, WDT_STAGE_ACTION_RESET_RTC);
    wdt_hal_enable(&context);
    wdt_hal_write_protect_enable(&context);
}

HRESULT Watchdog::Start___STATIC__VOID__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        int32_t timeout_ms = stack.Arg0().NumericByRef().s4;

        if (timeout_ms < min_timeout_ms || timeout_ms > max_timeout_ms)
        {
            NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
        }

        jb_esp_start_watchdog((uint32_t)timeout_ms);
    }
    NANOCLR_NOCLEANUP();
}

HRESULT Watchdog::Feed___STATIC__VOID(CLR_RT_StackFrame &)
{
    jb_esp_feed_watchdog();
    return S_OK;
}

HRESULT Watchdog::get_LastReset___STATIC__JamBoxInteropResetCause(CLR_RT_StackFrame &stack)
{
    int32_t cause;

    switch (esp_reset_reason())
    {
        case ESP_RST_POWERON:
        case ESP_RST_EXT:
            cause = ResetCause_Power;
            break;
        case ESP_RST_SW:
            cause = ResetCause_Software;
            break;
        case ESP_RST_INT_WDT:
        case ESP_RST_TASK_WDT:
        case ESP_RST_WDT:
            cause = ResetCause_Watchdog;
            break;
        case ESP_RST_PANIC:
            cause = ResetCause_Crash;
            break;
        case ESP_RST_BROWNOUT:
            cause = ResetCause_BrownOut;
            break;
        case ESP_RST_DEEPSLEEP:
            cause = ResetCause_Wake;
            break;
        default:
            cause = ResetCause_Unknown;
            break;
    }

    stack.SetResult_I4(cause);
    return S_OK;
}
