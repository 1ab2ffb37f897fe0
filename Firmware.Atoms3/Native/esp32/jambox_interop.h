// Written by Native/tests/check_table.py from Interop/*.cs: change those, then run it with --write.
#ifndef JAMBOX_INTEROP_H
#define JAMBOX_INTEROP_H

#include <nanoCLR_Interop.h>
#include <nanoCLR_Runtime.h>

enum BootReason
{
    BootReason_None = 0,
    BootReason_Requested = 1,
    BootReason_NoSend = 2,
    BootReason_TrialBoots = 3,
    BootReason_BadLength = 4,
    BootReason_StageHash = 5,
    BootReason_DeployHash = 6,
    BootReason_PreviousHash = 7,
    BootReason_Flash = 8,
    BootReason_Replaced = 9,
};

enum BootState
{
    BootState_None = 0,
    BootState_Confirmed = 1,
    BootState_Install = 2,
    BootState_BackingUp = 3,
    BootState_Swapping = 4,
    BootState_Trial = 5,
    BootState_RollBack = 6,
    BootState_Restoring = 7,
    BootState_RolledBack = 8,
    BootState_Refused = 9,
    BootState_Failed = 10,
};

enum ResetCause
{
    ResetCause_Unknown = 0,
    ResetCause_Power = 1,
    ResetCause_Software = 2,
    ResetCause_Watchdog = 3,
    ResetCause_Crash = 4,
    ResetCause_BrownOut = 5,
    ResetCause_Wake = 6,
};

struct Library_jambox_interop_JamBox_Interop_AccessPointScan
{
    NANOCLR_NATIVE_DECLARE(Start___STATIC__BOOLEAN);
    NANOCLR_NATIVE_DECLARE(Read___STATIC__I4__SZARRAY_U1);
    NANOCLR_NATIVE_DECLARE(Stop___STATIC__VOID);
};

struct Library_jambox_interop_JamBox_Interop_BootRecord
{
    NANOCLR_NATIVE_DECLARE(get_State___STATIC__JamBoxInteropBootState);
    NANOCLR_NATIVE_DECLARE(get_Reason___STATIC__JamBoxInteropBootReason);
    NANOCLR_NATIVE_DECLARE(get_TrialBoots___STATIC__I4);
    NANOCLR_NATIVE_DECLARE(get_NewLength___STATIC__I4);
    NANOCLR_NATIVE_DECLARE(get_OldLength___STATIC__I4);
    NANOCLR_NATIVE_DECLARE(GetNewHash___STATIC__VOID__SZARRAY_U1);
    NANOCLR_NATIVE_DECLARE(GetOldHash___STATIC__VOID__SZARRAY_U1);
    NANOCLR_NATIVE_DECLARE(Install___STATIC__BOOLEAN__I4__SZARRAY_U1__I4__SZARRAY_U1);
    NANOCLR_NATIVE_DECLARE(Confirm___STATIC__BOOLEAN);
    NANOCLR_NATIVE_DECLARE(RollBack___STATIC__BOOLEAN__JamBoxInteropBootReason);
};

struct Library_jambox_interop_JamBox_Interop_EcdsaP256
{
    NANOCLR_NATIVE_DECLARE(Verify___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1);
};

struct Library_jambox_interop_JamBox_Interop_FlashRegion
{
    static const int FIELD___region = 1;

    NANOCLR_NATIVE_DECLARE(get_Length___I4);
    NANOCLR_NATIVE_DECLARE(Read___BOOLEAN__I4__SZARRAY_U1__I4__I4);
    NANOCLR_NATIVE_DECLARE(Write___BOOLEAN__I4__SZARRAY_U1__I4__I4);
    NANOCLR_NATIVE_DECLARE(Erase___BOOLEAN__I4__I4);
    NANOCLR_NATIVE_DECLARE(Find___STATIC__I4__STRING);
};

struct Library_jambox_interop_JamBox_Interop_HardwareRandom
{
    NANOCLR_NATIVE_DECLARE(Fill___STATIC__VOID__SZARRAY_U1);
};

struct Library_jambox_interop_JamBox_Interop_MonotonicClock
{
    NANOCLR_NATIVE_DECLARE(get_Microseconds___STATIC__I8);
};

struct Library_jambox_interop_JamBox_Interop_NonVolatileStore
{
    static const int FIELD___handle = 1;

    NANOCLR_NATIVE_DECLARE(Get___I4__STRING__SZARRAY_U1);
    NANOCLR_NATIVE_DECLARE(Set___BOOLEAN__STRING__SZARRAY_U1__I4);
    NANOCLR_NATIVE_DECLARE(Commit___BOOLEAN);
    NANOCLR_NATIVE_DECLARE(Open___STATIC__I4__STRING__STRING);
};

struct Library_jambox_interop_JamBox_Interop_ProbeSniffer
{
    NANOCLR_NATIVE_DECLARE(get_DroppedCount___STATIC__I4);
    NANOCLR_NATIVE_DECLARE(Start___STATIC__BOOLEAN__I4);
    NANOCLR_NATIVE_DECLARE(Stop___STATIC__VOID);
    NANOCLR_NATIVE_DECLARE(TearDown___STATIC__VOID);
    NANOCLR_NATIVE_DECLARE(SetChannel___STATIC__BOOLEAN__I4);
    NANOCLR_NATIVE_DECLARE(Drain___STATIC__I4__SZARRAY_U1);
};

struct Library_jambox_interop_JamBox_Interop_Sha256
{
    static const int FIELD___state = 1;

    NANOCLR_NATIVE_DECLARE(Reset___VOID);
    NANOCLR_NATIVE_DECLARE(Update___VOID__SZARRAY_U1__I4__I4);
    NANOCLR_NATIVE_DECLARE(Finish___VOID__SZARRAY_U1);
};

struct Library_jambox_interop_JamBox_Interop_Watchdog
{
    NANOCLR_NATIVE_DECLARE(get_LastReset___STATIC__JamBoxInteropResetCause);
    NANOCLR_NATIVE_DECLARE(Start___STATIC__VOID__I4);
    NANOCLR_NATIVE_DECLARE(Feed___STATIC__VOID);
};

extern const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_JamBox_Interop;

#endif
