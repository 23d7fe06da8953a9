"""A network of each family of the zoo as torch.export's graph and as ONNX; the page holds what came of all of them."""

import export_table
import pytest

from pyvideoai.errors import UserError
from pyvideoai.exporting import graphs

PAGE = export_table.REPOSITORY / "docs" / "EXPORT.md"
FAMILIES = (
    "i3d_tiny",
    "i3dnonlocal_resnet50",
    "mtrn_resnet50",
    "r2plus1d_18",
    "slowfast_resnet50_4x16",
    "swin3d_t",
    "tsm_resnet50",
    "tsn_efficientnet_lite0",
    "videomae_small",
    "vit_b16_attentive",
    "x3d_xs",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_a_network_of_each_family_is_exported(name, two_threads):
    formats = ("torch", "onnx") if graphs.onnx_is_there() else ("torch",)
    try:
        row = export_table.measured(name, formats)
    except UserError as error:
        pytest.skip(str(error))
    for each in formats:
        assert float(row[each]) <= graphs.LIMIT, row[each]


def test_the_page_names_every_network_of_the_zoo_and_its_rows_are_within_the_limit():
    told = PAGE.read_text().partition("## Networks of the zoo")[2]
    assert [name for name in export_table.NAMES if f"`{name}`" not in told] == []
    table = told.partition(export_table.START)[2].partition(export_table.END)[0]
    cells = [line.split("|")[3:5] for line in table.splitlines() if line.startswith("| `")]
    differences = [cell.strip() for pair in cells for cell in pair if export_table.FAILS not in cell]
    assert len(differences) > 20 and all(float(each.partition(",")[0]) <= graphs.LIMIT for each in differences)


def test_a_row_is_replaced_and_others_stay():
    rows = {
        name: dict(zip(export_table.COLUMNS, (name, "8 x 64 x 64", "0e+00", "3e-07"), strict=True))
        for name in ("i3d_tiny", "x3d_xs")
    }
    page = export_table.placed(f"before\n{export_table.START}\nold\n{export_table.END}\nafter\n", rows)
    assert page.startswith("before\n") and page.endswith("\nafter\n") and "old" not in page
    assert "Not yet measured: `c2d_resnet50`, " in page and export_table.rows_of(page) == rows
    assert export_table.rows_of(page.replace("torch ", "torch 1.")) == {}
