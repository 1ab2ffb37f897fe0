using JamBox.Backend.Tests.Alerts;
using JamBox.Backend.Tests.Devices;
using JamBox.Backend.Tests.Faults;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Maintenance;
using JamBox.Backend.Tests.Operation;
using JamBox.Backend.Tests.Ota;
using JamBox.Backend.Tests.Ota.Rollouts;
using JamBox.Backend.Tests.Portal;
using JamBox.Backend.Tests.Readings;
using JamBox.Backend.Tests.Security;
using JamBox.Backend.Tests.Summaries;
using JamBox.Backend.Tests.Wire;

using Xunit.Abstractions;

#pragma warning disable SA1402 // A table, not types: every class of tests, once in each storage.
namespace JamBox.Backend.Tests;

[Collection(SqliteCollection.Name)]
public sealed class SqliteAlertTests(SqliteBackend host) : AlertTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteHeartbeatTests(SqliteBackend host) : HeartbeatTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRegisterTests(SqliteBackend host) : RegisterTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeviceFaultTests(SqliteBackend host) : DeviceFaultTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqlitePortalFaultTests(SqliteBackend host) : PortalFaultTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteServerFaultTests(SqliteBackend host) : ServerFaultTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeterminismTests(SqliteBackend host) : DeterminismTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteMaintenanceTests(SqliteBackend host) : MaintenanceTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteOpenApiTests(SqliteBackend host) : OpenApiTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteReleaseTests(SqliteBackend host) : ReleaseTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteFirmwareUploadTests(SqliteBackend host) : FirmwareUploadTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteReleaseReportTests(SqliteBackend host) : ReleaseReportTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqlitePatchMakingTests(SqliteBackend host) : PatchMakingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteReleaseRolloutTests(SqliteBackend host) : ReleaseRolloutTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteReleaseWireTests(SqliteBackend host, ITestOutputHelper output) : ReleaseWireTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqlitePortalTests(SqliteBackend host) : PortalTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDatingTests(SqliteBackend host) : DatingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteReadingFieldTests(SqliteBackend host) : ReadingFieldTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteReadingListTests(SqliteBackend host) : ReadingListTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteSameReadingTests(SqliteBackend host) : SameReadingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeviceAuthTests(SqliteBackend host) : DeviceAuthTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutTests(SqliteBackend host) : RolloutTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutWireTests(SqliteBackend host) : RolloutWireTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutAccessTests(SqliteBackend host) : RolloutAccessTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutModelTests(SqliteBackend host, ITestOutputHelper output) : RolloutModelTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteExactnessTests(SqliteBackend host) : ExactnessTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteApiScanTests(SqliteBackend host, ITestOutputHelper output) : ApiScanTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeviceAnswerTests(SqliteBackend host, ITestOutputHelper output) : DeviceAnswerTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeviceFuzzTests(SqliteBackend host, ITestOutputHelper output) : DeviceFuzzTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteOldFleetTests(SqliteBackend host, ITestOutputHelper output) : OldFleetTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresAlertTests(PostgresBackend host) : AlertTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresHeartbeatTests(PostgresBackend host) : HeartbeatTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRegisterTests(PostgresBackend host) : RegisterTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDeviceFaultTests(PostgresBackend host) : DeviceFaultTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresPortalFaultTests(PostgresBackend host) : PortalFaultTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresServerFaultTests(PostgresBackend host) : ServerFaultTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDeterminismTests(PostgresBackend host) : DeterminismTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresMaintenanceTests(PostgresBackend host) : MaintenanceTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresOpenApiTests(PostgresBackend host) : OpenApiTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresReleaseTests(PostgresBackend host) : ReleaseTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresFirmwareUploadTests(PostgresBackend host) : FirmwareUploadTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresReleaseReportTests(PostgresBackend host) : ReleaseReportTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresPatchMakingTests(PostgresBackend host) : PatchMakingTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresReleaseRolloutTests(PostgresBackend host) : ReleaseRolloutTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresReleaseWireTests(PostgresBackend host, ITestOutputHelper output) : ReleaseWireTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresPortalTests(PostgresBackend host) : PortalTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDatingTests(PostgresBackend host) : DatingTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresReadingFieldTests(PostgresBackend host) : ReadingFieldTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresReadingListTests(PostgresBackend host) : ReadingListTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresSameReadingTests(PostgresBackend host) : SameReadingTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDeviceAuthTests(PostgresBackend host) : DeviceAuthTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRolloutTests(PostgresBackend host) : RolloutTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRolloutWireTests(PostgresBackend host) : RolloutWireTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRolloutAccessTests(PostgresBackend host) : RolloutAccessTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRolloutModelTests(PostgresBackend host, ITestOutputHelper output) : RolloutModelTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresExactnessTests(PostgresBackend host) : ExactnessTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresApiScanTests(PostgresBackend host, ITestOutputHelper output) : ApiScanTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDeviceAnswerTests(PostgresBackend host, ITestOutputHelper output) : DeviceAnswerTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDeviceFuzzTests(PostgresBackend host, ITestOutputHelper output) : DeviceFuzzTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresOldFleetTests(PostgresBackend host, ITestOutputHelper output) : OldFleetTests(host, output);
