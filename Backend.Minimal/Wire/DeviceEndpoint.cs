namespace JamBox.Backend.Wire;

/// <summary>What every device endpoint tells the OpenAPI document.</summary>
internal static class DeviceEndpoint
{
    /// <summary>Describes an endpoint: the body that it takes, its yes, and its refusals.</summary>
    /// <typeparam name="TBody">The body.</typeparam>
    public static RouteHandlerBuilder DescribeDevice<TBody>(this RouteHandlerBuilder endpoint, int yesStatus)
        where TBody : notnull =>
        endpoint
            .Accepts<TBody>("application/json", "*/*")
            .Produces<YesBody>(yesStatus)
            .Produces<ErrorBody>(StatusCodes.Status400BadRequest)
            .Produces<ErrorBody>(StatusCodes.Status401Unauthorized)
            .Produces<ErrorBody>(StatusCodes.Status413PayloadTooLarge)
            .Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);
}
