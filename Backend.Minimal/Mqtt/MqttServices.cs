using JamBox.Backend.Deployments;
using JamBox.Backend.Mqtt.Access;
using JamBox.Backend.Mqtt.Boxes;
using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Mqtt.Outside;
using JamBox.Backend.Operation;
using JamBox.Backend.Telemetry;
using JamBox.Backend.Things;
using JamBox.Backend.Wire;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JamBox.Backend.Mqtt;

/// <summary>MQTT: what is registered for it.</summary>
internal static class MqttServices
{
    /// <summary>Adds MQTT, and what runs while a broker is set.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">Says whether there is one.</param>
    public static void AddMqtt(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddFeatureOptions<MqttOptions>(MqttOptions.Section);
        services.AddSingleton(static provider => TopicMapOf(
            provider.GetRequiredService<MqttOptions>(), provider.GetRequiredService<DeploymentsOptions>()));
        services.AddJson(MqttPasswordJson.Default);
        services.AddSingleton<MqttAccess>();
        services.AddSingleton<DevicePlaces>();
        services.AddSingleton<ClientIds>();
        services.AddSingleton<MqttSignIn>();
        services.AddSingleton<IMqttSignIn>(static provider => provider.GetRequiredService<MqttSignIn>());
        services.AddSingleton<BrokerQuestions>();
        services.AddHostedService<SharedUserWarning>();
        services.AddSingleton<MqttDevices>();
        services.AddSingleton<MqttRefusals>();
        services.AddSingleton<RepeatFilter>();
        services.AddSingleton<MqttPublishers>();
        services.AddSingleton<UpdateTalk>();
        services.AddSingleton<IJob, ReleaseNews>();
        services.AddSingleton<DeviceOutbox>();
        services.AddSingleton<IWantedStateListener>(static provider => provider.GetRequiredService<DeviceOutbox>());
        services.AddSingleton<IThingCommandListener>(static provider => provider.GetRequiredService<DeviceOutbox>());
        services.TryAddSingleton<IMqttMessageHandler, MessageHandler>();
        services.AddHostedService(static provider => provider.GetRequiredService<DeviceOutbox>());
        services.TryAddSingleton(new NetworkClock(TimeProvider.System));
        if (configuration[$"{MqttOptions.Section}:{nameof(MqttOptions.Listen)}"] is { Length: > 0 })
        {
            services.AddSingleton<EmbeddedBroker>();
            services.AddSingleton<IMqttPublisher>(static provider => provider.GetRequiredService<EmbeddedBroker>());
            services.AddHostedService(static provider => provider.GetRequiredService<EmbeddedBroker>());
        }

        services.AddSingleton<HomeAssistantStatus>();
        services.AddSingleton<BoxTurn>();
        services.AddSingleton<BoxReadings>();
        services.AddSingleton<BoxStates>();
        if (IsOn(configuration, nameof(MqttOptions.Boxes)) || IsOn(configuration, nameof(MqttOptions.HomeAssistant)))
        {
            services.AddSingleton<IJob, BoxFeed>();
        }

        if (configuration[$"{MqttOptions.Section}:{nameof(MqttOptions.Broker)}"] is { Length: > 0 })
        {
            services.AddSingleton<OutsideBroker>();
            services.AddSingleton<IMqttPublisher>(static provider => provider.GetRequiredService<OutsideBroker>());
            services.AddHostedService(static provider => provider.GetRequiredService<OutsideBroker>());
        }
    }

    /// <summary>The route table.</summary>
    public static void MapMqtt(this IEndpointRouteBuilder routes)
    {
        routes.MapMqttPasswords();
        routes.MapMqttQuestions();
        routes.MapBrokerWebSocket();
    }

    private static TopicMap TopicMapOf(MqttOptions options, DeploymentsOptions deployments)
    {
        if (deployments.FindFault(options) is { } fault)
        {
            throw new StartupException($"{DeploymentsOptions.Section}:{nameof(DeploymentsOptions.Topic)}", fault);
        }

        return new(options.Prefixes, options.HomeAssistant ? options.HomeAssistantPrefix : null, deployments.Root);
    }

    private static bool IsOn(IConfiguration configuration, string setting) =>
        bool.TryParse(configuration[$"{MqttOptions.Section}:{setting}"], out bool isOn) && isOn;
}
