namespace WebApi;

internal sealed record OrderRequest(int ProductId, int Quantity);

internal sealed record Quote(int Quantity, decimal Total, ulong Number);

internal sealed record Order(long Id, OrderRequest Request, decimal Total, double Risk, string Signature, string Receipt);
