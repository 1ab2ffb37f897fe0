using JamBox.Backend.Operation;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Deployments;

/// <summary>Deployments: who is told of them, and what becomes of them.</summary>
internal static class DeploymentNoticeServices
{
    /// <summary>Adds what tells gateways, and takes what they say.</summary>
    public static void AddDeploymentNotices(this IServiceCollection services)
    {
        services.AddFeatureOptions<DeploymentsOptions>(DeploymentsOptions.Section);
        services.AddJson(GatewayJson.Default);
        services.AddSingleton<DeploymentNews>();
        services.AddSingleton<IJob>(static provider => provider.GetRequiredService<DeploymentNews>());
        services.AddSingleton<IJob, DeploymentRolloutJob>();
    }

    /// <summary>The route table.</summary>
    public static void MapDeploymentNotices(this IEndpointRouteBuilder routes)
    {
        routes.MapDeploymentStatus();
        routes.MapDeploymentRollouts();
        routes.MapModules();
        routes.MapGatewayKeys();
    }
}
