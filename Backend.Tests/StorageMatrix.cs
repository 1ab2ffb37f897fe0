using JamBox.Backend.Tests.Builds;
using JamBox.Backend.Tests.Config;
using JamBox.Backend.Tests.Demo;
using JamBox.Backend.Tests.Deployments;
using JamBox.Backend.Tests.Devices;
using JamBox.Backend.Tests.Events;
using JamBox.Backend.Tests.Faults;
using JamBox.Backend.Tests.Firmware;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Insights;
using JamBox.Backend.Tests.Manufacturing;
using JamBox.Backend.Tests.Mqtt;
using JamBox.Backend.Tests.Mqtt.Access;
using JamBox.Backend.Tests.Mqtt.Embedded;
using JamBox.Backend.Tests.Notifications;
using JamBox.Backend.Tests.Observability;
using JamBox.Backend.Tests.OldFleet;
using JamBox.Backend.Tests.Operation;
using JamBox.Backend.Tests.Patches;
using JamBox.Backend.Tests.People;
using JamBox.Backend.Tests.Places;
using JamBox.Backend.Tests.Portal;
using JamBox.Backend.Tests.Readings;
using JamBox.Backend.Tests.Reports;
using JamBox.Backend.Tests.Rollouts;
using JamBox.Backend.Tests.Security;
using JamBox.Backend.Tests.Telemetry;
using JamBox.Backend.Tests.Things;
using JamBox.Backend.Tests.Timeline;
using JamBox.Backend.Tests.Traffic;
using JamBox.Backend.Tests.Updates;
using JamBox.Backend.Tests.Wire;

using Xunit.Abstractions;

#pragma warning disable SA1402 // A table, not types: every class of tests, once in each storage.
namespace JamBox.Backend.Tests;

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeploymentNoticeTests(SqliteBackend host) : DeploymentNoticeTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeploymentStatusTests(SqliteBackend host) : DeploymentStatusTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeploymentRolloutTests(SqliteBackend host) : DeploymentRolloutTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeploymentTakeBackTests(SqliteBackend host) : DeploymentTakeBackTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeploymentScopeTests(SqliteBackend host) : DeploymentScopeTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteModuleTests(SqliteBackend host) : ModuleTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteModuleHistoryTests(SqliteBackend host) : ModuleHistoryTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteEmbeddedDeploymentMqttTests(SqliteBackend host) : EmbeddedDeploymentMqttTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteOutsideDeploymentMqttTests(SqliteBackend host) : OutsideDeploymentMqttTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresDeploymentNoticeTests(PostgresBackend host) : DeploymentNoticeTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresDeploymentStatusTests(PostgresBackend host) : DeploymentStatusTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresDeploymentRolloutTests(PostgresBackend host) : DeploymentRolloutTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresDeploymentTakeBackTests(PostgresBackend host) : DeploymentTakeBackTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresDeploymentScopeTests(PostgresBackend host) : DeploymentScopeTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresModuleTests(PostgresBackend host) : ModuleTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresModuleHistoryTests(PostgresBackend host) : ModuleHistoryTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresEmbeddedDeploymentMqttTests(PostgresBackend host) : EmbeddedDeploymentMqttTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresOutsideDeploymentMqttTests(PostgresBackend host) : OutsideDeploymentMqttTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteTelemetryCallTests(SqliteBackend host) : TelemetryCallTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteTelemetryLimitTests(SqliteBackend host) : TelemetryLimitTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteForwardedAddressTests(SqliteBackend host) : ForwardedAddressTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteStateTests(SqliteBackend host) : StateTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteHistoryTests(SqliteBackend host) : HistoryTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRuleTests(SqliteBackend host) : RuleTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteWebSocketTests(SqliteBackend host) : WebSocketTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteAlertTests(SqliteBackend host) : AlertTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteHeartbeatTests(SqliteBackend host) : HeartbeatTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteMqttSignInTests(SqliteBackend host) : MqttSignInTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteThingTests(SqliteBackend host) : ThingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteBrokerHostileTests(SqliteBackend host, ITestOutputHelper output) : BrokerHostileTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteBoxesInsideTests(SqliteBackend host) : BoxesInsideTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteEmbeddedBrokerTests(SqliteBackend host) : EmbeddedBrokerTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteOutsideBrokerTests(SqliteBackend host) : OutsideBrokerTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteEmbeddedDeviceWordTests(SqliteBackend host) : EmbeddedDeviceWordTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteBoxFeedTests(SqliteBackend host) : BoxFeedTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteBrokerConnectionTests(SqliteBackend host) : BrokerConnectionTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRabbitBrokerTests(SqliteBackend host, RabbitServer rabbit) : RabbitBrokerTests(host, rabbit);

[Collection(SqliteCollection.Name)]
public sealed class SqliteQuestionTests(SqliteBackend host) : QuestionTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRegisterTests(SqliteBackend host) : RegisterTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteEventTests(SqliteBackend host) : EventTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeviceFaultTests(SqliteBackend host) : DeviceFaultTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqlitePortalFaultTests(SqliteBackend host) : PortalFaultTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteStrangerTests(SqliteBackend host) : StrangerTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteZoneRefusalTests(SqliteBackend host) : ZoneRefusalTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteFramingTests(SqliteBackend host) : FramingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteImportTests(SqliteBackend host) : ImportTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteOneDeviceTests(SqliteBackend host) : OneDeviceTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteServerFaultTests(SqliteBackend host) : ServerFaultTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeterminismTests(SqliteBackend host) : DeterminismTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteMaintenanceTests(SqliteBackend host) : MaintenanceTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRetentionTests(SqliteBackend host) : RetentionTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteTrafficTests(SqliteBackend host) : TrafficTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteManufacturingTests(SqliteBackend host) : ManufacturingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteAnswerMacTests(SqliteBackend host) : AnswerMacTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteIdentityTests(SqliteBackend host) : IdentityTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteTimelineTests(SqliteBackend host) : TimelineTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteBoxUpdateTests(SqliteBackend host) : BoxUpdateTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteConfigVersionTests(SqliteBackend host) : ConfigVersionTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRangeTests(SqliteBackend host) : RangeTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteCountTests(SqliteBackend host) : CountTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteFigureTests(SqliteBackend host) : FigureTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteAlikeFigureTests(SqliteBackend host) : AlikeFigureTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRetryTests(SqliteBackend host) : RetryTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteReplayTests(SqliteBackend host) : ReplayTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteOpenApiTests(SqliteBackend host) : OpenApiTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteUpdateTests(SqliteBackend host) : UpdateTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteBuildUploadTests(SqliteBackend host) : BuildUploadTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteBuildKeepingTests(SqliteBackend host) : BuildKeepingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteUpdateReportTests(SqliteBackend host) : UpdateReportTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteTrustTests(SqliteBackend host) : TrustTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqlitePatchMakingTests(SqliteBackend host) : PatchMakingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqlitePatchRequestTests(SqliteBackend host) : PatchRequestTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteUpdateRolloutTests(SqliteBackend host) : UpdateRolloutTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteUpdateWireTests(SqliteBackend host, ITestOutputHelper output) : UpdateWireTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqlitePortalTests(SqliteBackend host) : PortalTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDatingTests(SqliteBackend host) : DatingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteReadingFieldTests(SqliteBackend host) : ReadingFieldTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteReadingListTests(SqliteBackend host) : ReadingListTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteCompactTests(SqliteBackend host) : CompactTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteCompactFuzzTests(SqliteBackend host, ITestOutputHelper output) : CompactFuzzTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteCompactSizeTests(SqliteBackend host, ITestOutputHelper output) : CompactSizeTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteSameReadingTests(SqliteBackend host) : SameReadingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeviceAuthTests(SqliteBackend host) : DeviceAuthTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutTests(SqliteBackend host) : RolloutTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutTruthTests(SqliteBackend host) : RolloutTruthTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutTargetTests(SqliteBackend host) : RolloutTargetTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutComparisonTests(SqliteBackend host) : RolloutComparisonTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutWireTests(SqliteBackend host) : RolloutWireTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutAccessTests(SqliteBackend host) : RolloutAccessTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteRolloutModelTests(SqliteBackend host, ITestOutputHelper output) : RolloutModelTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteThingRolloutTests(SqliteBackend host) : ThingRolloutTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteThingRolloutModelTests(SqliteBackend host, ITestOutputHelper output) : ThingRolloutModelTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteObservabilityTests(SqliteBackend host) : ObservabilityTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteExactnessTests(SqliteBackend host) : ExactnessTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteApiScanTests(SqliteBackend host, ITestOutputHelper output) : ApiScanTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeviceResponseTests(SqliteBackend host, ITestOutputHelper output) : DeviceResponseTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeviceFuzzTests(SqliteBackend host, ITestOutputHelper output) : DeviceFuzzTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqliteOldFleetTests(SqliteBackend host, ITestOutputHelper output) : OldFleetTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresTelemetryCallTests(PostgresBackend host) : TelemetryCallTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresTelemetryLimitTests(PostgresBackend host) : TelemetryLimitTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresForwardedAddressTests(PostgresBackend host) : ForwardedAddressTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresStateTests(PostgresBackend host) : StateTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresHistoryTests(PostgresBackend host) : HistoryTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRuleTests(PostgresBackend host) : RuleTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresWebSocketTests(PostgresBackend host) : WebSocketTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresReplayTests(PostgresBackend host) : ReplayTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRetentionTests(PostgresBackend host) : RetentionTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresTrafficTests(PostgresBackend host) : TrafficTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresManufacturingTests(PostgresBackend host) : ManufacturingTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresAnswerMacTests(PostgresBackend host) : AnswerMacTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresIdentityTests(PostgresBackend host) : IdentityTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresTimelineTests(PostgresBackend host) : TimelineTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresBoxUpdateTests(PostgresBackend host) : BoxUpdateTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresConfigVersionTests(PostgresBackend host) : ConfigVersionTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRangeTests(PostgresBackend host) : RangeTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresCountTests(PostgresBackend host) : CountTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresFigureTests(PostgresBackend host) : FigureTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresAlikeFigureTests(PostgresBackend host) : AlikeFigureTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRetryTests(PostgresBackend host) : RetryTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresAlertTests(PostgresBackend host) : AlertTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresHeartbeatTests(PostgresBackend host) : HeartbeatTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresMqttSignInTests(PostgresBackend host) : MqttSignInTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresThingTests(PostgresBackend host) : ThingTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresBoxesInsideTests(PostgresBackend host) : BoxesInsideTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresEmbeddedBrokerTests(PostgresBackend host) : EmbeddedBrokerTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresOutsideBrokerTests(PostgresBackend host) : OutsideBrokerTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresEmbeddedDeviceWordTests(PostgresBackend host) : EmbeddedDeviceWordTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresBoxFeedTests(PostgresBackend host) : BoxFeedTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresBrokerConnectionTests(PostgresBackend host) : BrokerConnectionTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRabbitBrokerTests(PostgresBackend host, RabbitServer rabbit) : RabbitBrokerTests(host, rabbit);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresQuestionTests(PostgresBackend host) : QuestionTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRegisterTests(PostgresBackend host) : RegisterTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresEventTests(PostgresBackend host) : EventTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDeviceFaultTests(PostgresBackend host) : DeviceFaultTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresPortalFaultTests(PostgresBackend host) : PortalFaultTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresStrangerTests(PostgresBackend host) : StrangerTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresZoneRefusalTests(PostgresBackend host) : ZoneRefusalTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresFramingTests(PostgresBackend host) : FramingTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresImportTests(PostgresBackend host) : ImportTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresOneDeviceTests(PostgresBackend host) : OneDeviceTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresServerFaultTests(PostgresBackend host) : ServerFaultTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDeterminismTests(PostgresBackend host) : DeterminismTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresMaintenanceTests(PostgresBackend host) : MaintenanceTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresOpenApiTests(PostgresBackend host) : OpenApiTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresUpdateTests(PostgresBackend host) : UpdateTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresBuildUploadTests(PostgresBackend host) : BuildUploadTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresBuildKeepingTests(PostgresBackend host) : BuildKeepingTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresUpdateReportTests(PostgresBackend host) : UpdateReportTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresTrustTests(PostgresBackend host) : TrustTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresPatchMakingTests(PostgresBackend host) : PatchMakingTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresPatchRequestTests(PostgresBackend host) : PatchRequestTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresUpdateRolloutTests(PostgresBackend host) : UpdateRolloutTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresUpdateWireTests(PostgresBackend host, ITestOutputHelper output) : UpdateWireTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresPortalTests(PostgresBackend host) : PortalTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDatingTests(PostgresBackend host) : DatingTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresReadingFieldTests(PostgresBackend host) : ReadingFieldTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresReadingListTests(PostgresBackend host) : ReadingListTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresCompactTests(PostgresBackend host) : CompactTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresCompactFuzzTests(PostgresBackend host, ITestOutputHelper output) : CompactFuzzTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresCompactSizeTests(PostgresBackend host, ITestOutputHelper output) : CompactSizeTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresSameReadingTests(PostgresBackend host) : SameReadingTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDeviceAuthTests(PostgresBackend host) : DeviceAuthTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresRolloutTests(PostgresBackend host) : RolloutTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresRolloutTruthTests(PostgresBackend host) : RolloutTruthTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresRolloutTargetTests(PostgresBackend host) : RolloutTargetTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresRolloutComparisonTests(PostgresBackend host) : RolloutComparisonTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresRolloutWireTests(PostgresBackend host) : RolloutWireTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresRolloutAccessTests(PostgresBackend host) : RolloutAccessTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresRolloutModelTests(PostgresBackend host, ITestOutputHelper output) : RolloutModelTests(host, output);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresThingRolloutTests(PostgresBackend host) : ThingRolloutTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresThingRolloutModelTests(PostgresBackend host, ITestOutputHelper output) : ThingRolloutModelTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresObservabilityTests(PostgresBackend host) : ObservabilityTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresExactnessTests(PostgresBackend host) : ExactnessTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresApiScanTests(PostgresBackend host, ITestOutputHelper output) : ApiScanTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDeviceResponseTests(PostgresBackend host, ITestOutputHelper output) : DeviceResponseTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDeviceFuzzTests(PostgresBackend host, ITestOutputHelper output) : DeviceFuzzTests(host, output);

[Collection(PostgresCollection.Name)]
public sealed class PostgresOldFleetTests(PostgresBackend host, ITestOutputHelper output) : OldFleetTests(host, output);

[Collection(SqliteCollection.Name)]
public sealed class SqlitePlaceTests(SqliteBackend host) : PlaceTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqlitePlacementTests(SqliteBackend host) : PlacementTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteActivationTests(SqliteBackend host) : ActivationTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteBoxLookTests(SqliteBackend host) : BoxLookTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDemoTests(SqliteBackend host) : DemoTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteOpeningHoursTests(SqliteBackend host) : OpeningHoursTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteFleetTests(SqliteBackend host) : FleetTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqlitePlaceMigrationTests(SqliteBackend host) : PlaceMigrationTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresPlaceTests(PostgresBackend host) : PlaceTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresPlacementTests(PostgresBackend host) : PlacementTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresActivationTests(PostgresBackend host) : ActivationTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresBoxLookTests(PostgresBackend host) : BoxLookTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresDemoTests(PostgresBackend host) : DemoTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresOpeningHoursTests(PostgresBackend host) : OpeningHoursTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresFleetTests(PostgresBackend host) : FleetTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresPlaceMigrationTests(PostgresBackend host) : PlaceMigrationTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteSignInTests(SqliteBackend host) : SignInTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteLinkTests(SqliteBackend host) : LinkTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteTotpTests(SqliteBackend host) : TotpTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteUserTests(SqliteBackend host) : UserTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteTileTests(SqliteBackend host) : TileTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresTileTests(PostgresBackend host) : TileTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteApiKeyTests(SqliteBackend host) : ApiKeyTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteScopeTests(SqliteBackend host) : ScopeTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresSignInTests(PostgresBackend host) : SignInTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresLinkTests(PostgresBackend host) : LinkTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresTotpTests(PostgresBackend host) : TotpTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresUserTests(PostgresBackend host) : UserTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresApiKeyTests(PostgresBackend host) : ApiKeyTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresScopeTests(PostgresBackend host) : ScopeTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteImportedPlacesTests(SqliteBackend host) : ImportedPlacesTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresImportedPlacesTests(PostgresBackend host) : ImportedPlacesTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteNotificationTests(SqliteBackend host) : NotificationTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresNotificationTests(PostgresBackend host) : NotificationTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteProtectionTests(SqliteBackend host) : ProtectionTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresProtectionTests(PostgresBackend host) : ProtectionTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteCountingAlertTests(SqliteBackend host) : CountingAlertTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresCountingAlertTests(PostgresBackend host) : CountingAlertTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteReportTests(SqliteBackend host) : ReportTests(host);

[Collection(PostgresCollection.Name)]
public sealed class PostgresReportTests(PostgresBackend host) : ReportTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteFirmwareUploadTests(SqliteBackend host) : FirmwareUploadTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresFirmwareUploadTests(PostgresBackend host) : FirmwareUploadTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeploymentUploadTests(SqliteBackend host) : DeploymentUploadTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresDeploymentUploadTests(PostgresBackend host) : DeploymentUploadTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeploymentDownloadTests(SqliteBackend host) : DeploymentDownloadTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresDeploymentDownloadTests(PostgresBackend host) : DeploymentDownloadTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteDeploymentKeepingTests(SqliteBackend host) : DeploymentKeepingTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresDeploymentKeepingTests(PostgresBackend host) : DeploymentKeepingTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteFirmwareDownloadTests(SqliteBackend host) : FirmwareDownloadTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresFirmwareDownloadTests(PostgresBackend host) : FirmwareDownloadTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteFirmwareLinkTests(SqliteBackend host) : FirmwareLinkTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresFirmwareLinkTests(PostgresBackend host) : FirmwareLinkTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteUpdateSessionTests(SqliteBackend host) : UpdateSessionTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresUpdateSessionTests(PostgresBackend host) : UpdateSessionTests(host);

[Collection(SqliteCollection.Name)]
public sealed class SqliteMirrorTests(SqliteBackend host) : MirrorTests(host);

[Collection(PostgresFleetCollection.Name)]
public sealed class PostgresMirrorTests(PostgresBackend host) : MirrorTests(host);
