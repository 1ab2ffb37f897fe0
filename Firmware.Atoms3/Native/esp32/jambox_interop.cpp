// Written by Native/tests/check_table.py from Interop/*.cs: change those, then run it with --write.
#include "jambox_interop.h"

// clang-format off

static const CLR_RT_MethodHandler method_lookup[] =
{
    Library_jambox_interop_JamBox_Interop_AccessPointScan::Start___STATIC__BOOLEAN,
    Library_jambox_interop_JamBox_Interop_AccessPointScan::Read___STATIC__I4__SZARRAY_U1,
    Library_jambox_interop_JamBox_Interop_AccessPointScan::Stop___STATIC__VOID,
    Library_jambox_interop_JamBox_Interop_BootRecord::get_State___STATIC__JamBoxInteropBootState,
    Library_jambox_interop_JamBox_Interop_BootRecord::get_Reason___STATIC__JamBoxInteropBootReason,
    Library_jambox_interop_JamBox_Interop_BootRecord::get_TrialBoots___STATIC__I4,
    Library_jambox_interop_JamBox_Interop_BootRecord::get_NewLength___STATIC__I4,
    Library_jambox_interop_JamBox_Interop_BootRecord::get_OldLength___STATIC__I4,
    Library_jambox_interop_JamBox_Interop_BootRecord::GetNewHash___STATIC__VOID__SZARRAY_U1,
    Library_jambox_interop_JamBox_Interop_BootRecord::GetOldHash___STATIC__VOID__SZARRAY_U1,
    Library_jambox_interop_JamBox_Interop_BootRecord::Install___STATIC__BOOLEAN__I4__SZARRAY_U1__I4__SZARRAY_U1,
    Library_jambox_interop_JamBox_Interop_BootRecord::Confirm___STATIC__BOOLEAN,
    Library_jambox_interop_JamBox_Interop_BootRecord::RollBack___STATIC__BOOLEAN__JamBoxInteropBootReason,
    Library_jambox_interop_JamBox_Interop_EcdsaP256::Verify___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1,
    NULL,
    Library_jambox_interop_JamBox_Interop_FlashRegion::get_Length___I4,
    Library_jambox_interop_JamBox_Interop_FlashRegion::Read___BOOLEAN__I4__SZARRAY_U1__I4__I4,
    Library_jambox_interop_JamBox_Interop_FlashRegion::Write___BOOLEAN__I4__SZARRAY_U1__I4__I4,
    Library_jambox_interop_JamBox_Interop_FlashRegion::Erase___BOOLEAN__I4__I4,
    Library_jambox_interop_JamBox_Interop_FlashRegion::Find___STATIC__I4__STRING,
    Library_jambox_interop_JamBox_Interop_HardwareRandom::Fill___STATIC__VOID__SZARRAY_U1,
    Library_jambox_interop_JamBox_Interop_MonotonicClock::get_Microseconds___STATIC__I8,
    NULL,
    Library_jambox_interop_JamBox_Interop_NonVolatileStore::Get___I4__STRING__SZARRAY_U1,
    Library_jambox_interop_JamBox_Interop_NonVolatileStore::Set___BOOLEAN__STRING__SZARRAY_U1__I4,
    Library_jambox_interop_JamBox_Interop_NonVolatileStore::Commit___BOOLEAN,
    Library_jambox_interop_JamBox_Interop_NonVolatileStore::Open___STATIC__I4__STRING__STRING,
    Library_jambox_interop_JamBox_Interop_ProbeSniffer::get_DroppedCount___STATIC__I4,
    Library_jambox_interop_JamBox_Interop_ProbeSniffer::Start___STATIC__BOOLEAN__I4,
    Library_jambox_interop_JamBox_Interop_ProbeSniffer::Stop___STATIC__VOID,
    Library_jambox_interop_JamBox_Interop_ProbeSniffer::TearDown___STATIC__VOID,
    Library_jambox_interop_JamBox_Interop_ProbeSniffer::SetChannel___STATIC__BOOLEAN__I4,
    Library_jambox_interop_JamBox_Interop_ProbeSniffer::Drain___STATIC__I4__SZARRAY_U1,
    NULL,
    Library_jambox_interop_JamBox_Interop_Sha256::Reset___VOID,
    Library_jambox_interop_JamBox_Interop_Sha256::Update___VOID__SZARRAY_U1__I4__I4,
    Library_jambox_interop_JamBox_Interop_Sha256::Finish___VOID__SZARRAY_U1,
    Library_jambox_interop_JamBox_Interop_Watchdog::get_LastReset___STATIC__JamBoxInteropResetCause,
    Library_jambox_interop_JamBox_Interop_Watchdog::Start___STATIC__VOID__I4,
    Library_jambox_interop_JamBox_Interop_Watchdog::Feed___STATIC__VOID,
};

const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_JamBox_Interop =
{
    "JamBox.Interop",
    0x7C5783A9,
    method_lookup,
    { 1, 2, 0, 0 }
};

// clang-format on
