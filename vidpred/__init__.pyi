"""The public names of vidpred and their modules: read by type checkers, and by lazy_loader at run time."""

from .assembly.data import build_dataset as build_dataset
from .assembly.demo import render_demo_data as render_demo_data, use_demo_data as use_demo_data
from .assembly.model import check_fit as check_fit
from .assembly.resume import resume_run as resume_run
from .assembly.run import new_run as new_run
from .assembly.schedules import draw_schedules as draw_schedules
from .assembly.sweep import run_sweep as run_sweep, sweep_cells as sweep_cells
from .comparison.compare import compare_runs as compare_runs
from .comparison.export import write_comparison as write_comparison
from .contracts.base import (
    Component as Component,
    ConditionNode as ConditionNode,
    Config as Config,
    CoreNode as CoreNode,
    DecoderNode as DecoderNode,
    EncoderNode as EncoderNode,
    Node as Node,
)
from .contracts.data import (
    Augmentation as Augmentation,
    CheckUnit as CheckUnit,
    Dataset as Dataset,
    Lengths as Lengths,
    Problem as Problem,
    Split as Split,
    SplitName as SplitName,
    Window as Window,
)
from .contracts.metric import Metric as Metric
from .contracts.model import LookAhead as LookAhead, Make as Make, Model as Model
from .contracts.networks import (
    ConditionEncoder as ConditionEncoder,
    Core as Core,
    Decoder as Decoder,
    Encoder as Encoder,
    Filter as Filter,
    Source as Source,
)
from .contracts.objective import Losses as Losses, Objective as Objective
from .contracts.observer import Observer as Observer
from .contracts.schedules import Annealer as Annealer, Forcing as Forcing, Progress as Progress
from .contracts.specs import FeatureSpec as FeatureSpec
from .contracts.steps import RolloutStep as RolloutStep
from .contracts.tensors import (
    Clip as Clip,
    Decoded as Decoded,
    Features as Features,
    Gaussian as Gaussian,
    Noise as Noise,
    Rollout as Rollout,
    at_least_float32 as at_least_float32,
)
from .data.demo import write_demo_data_folder as write_demo_data_folder
from .data.integrity.check import check_data as check_data
from .errors import (
    DataError as DataError,
    Misfit as Misfit,
    PluginError as PluginError,
    RecipeError as RecipeError,
    VidpredError as VidpredError,
)
from .inference.prediction import (
    Prediction as Prediction,
    PredictionSettings as PredictionSettings,
    predict_split as predict_split,
    predict_user_frames as predict_user_frames,
)
from .inference.prediction_files import (
    write_prediction_file as write_prediction_file,
    write_split_predictions as write_split_predictions,
)
from .inference.trained import Trained as Trained, load as load
from .plots.submission import write_submission_csv as write_submission_csv
from .plugins.discovery import discover as discover
from .plugins.hooks import Add as Add, hookimpl as hookimpl
from .recipe.json_schema import build_json_schema as build_json_schema
from .recipe.loading import load_recipe as load_recipe
from .recipe.validation import validate_recipe as validate_recipe
from .report.page import write_report_page as write_report_page
from .runs.catalog import find_runs as find_runs

__version__: str
